"""The FTP and FTPS door: what a logger sends is in the spool before it is told "226"."""
