"""An account's own folder as its logger walks in it: any folder habit works, none leads out."""

from __future__ import annotations

from pathlib import Path

from pyftpdlib.filesystems import AbstractedFS


class LoggerFolder(AbstractedFS):
    """Folders come into being when they are named; links are neither shown nor followed out."""

    def chdir(self, path: str) -> None:
        """Goes there, making the folder first if need be; the process itself stays where it is."""
        self.mkdir(path)
        self.cwd = self.fs2ftp(path)

    def mkdir(self, path: str) -> None:
        """Makes a folder and those above it; one that exists is as good."""
        Path(path).mkdir(parents=True, exist_ok=True)

    def listdir(self, path: str) -> list[str]:
        """The names in a folder, without links."""
        return [each.name for each in Path(path).iterdir() if not each.is_symlink()]

    def chmod(self, path: str, mode: int) -> None:
        """Says yes and changes nothing: the mode is this program's own mark."""

    def get_user_by_uid(self, uid: int) -> str:
        """No name of this machine is shown."""
        return "logger"

    get_group_by_gid = get_user_by_uid
