"""The register's rules as they stand on paper: values in, values out, no computer needed."""
