"""What pyftpdlib asks about an account, beside its secret."""

from __future__ import annotations


class Rights:
    """What a logger may do in its own folder: everything a copy can bear."""

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        """Paths were checked before; deliveries are out of reach."""
        return True

    def get_perms(self, username: str) -> str:
        """As letters for MLSD: list, go, append, delete, rename, make, read, write, time."""
        return "elradfmwT"

    def get_msg_quit(self, username: str) -> str:
        """The last words."""
        return "Goodbye."

    def impersonate_user(self, username: str, password: str) -> None:
        """All folders belong to this process."""

    def terminate_impersonation(self, username: str) -> None:
        """See `impersonate_user`."""
