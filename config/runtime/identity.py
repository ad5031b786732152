"""As whom the embedded PostgreSQL runs, and where that user can reach things.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged user that exists
on every Debian; if that user cannot reach the data folder or the programs (a home of mode 0700),
both lie under /var/lib instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = ("postgres", "nobody")
OUTSIDE = Path("/var/lib")


@dataclass(frozen=True)
class Identity:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        """True when no change of user is needed."""
        return self.uid == os.geteuid()


def current_identity() -> Identity:
    """Whoever runs this; a container's user need not have a name."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return Identity(name, os.geteuid(), os.getegid())


def database_identity() -> Identity:
    """Me, or for root the first unprivileged user that exists."""
    if os.geteuid() != 0:
        return current_identity()
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in CANDIDATES:
        if name in known:
            return Identity(name, known[name].pw_uid, known[name].pw_gid)
    raise RuntimeError(
        "PostgreSQL must not run as root and there is no user postgres or nobody: "
        "run this as a normal user, or set DATABASE_URL."
    )


def can_reach(folder: Path, who: Identity) -> bool:
    """Whether this user may go through every folder on the way."""
    if who.is_me:
        return os.access(folder, os.X_OK)
    asked = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)],
        user=who.uid,
        group=who.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def reachable_home(data: Path, key: str, who: Identity) -> Path:
    """The folder for the server's own files: the data folder, or one under /var/lib."""
    if can_reach(data, who):
        return data
    home = OUTSIDE / f"qttd-{key}"
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    home.chmod(0o711)
    return home


def reachable_programs(folders: tuple[Path, ...], version: str, who: Identity) -> Path:
    """The first of the folders, or its copy that the user can run; the others stand beside."""
    if can_reach(folders[0] / "pginstall" / "bin", who):
        return folders[0]
    home = OUTSIDE / f"qttd-programs-{version}"
    if not home.exists():
        draft = OUTSIDE / f"qttd-programs-{version}.{os.getpid()}"
        for folder in folders:
            shutil.copytree(folder, draft / folder.name, symlinks=True)
        for place in (draft, *(p for p in draft.rglob("*") if p.is_dir())):
            place.chmod(0o755)
        try:
            draft.rename(home)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return home / folders[0].name


def own_folder(folder: Path, who: Identity) -> Path:
    """Makes a folder of mode 0700 for this user; refuses one that somebody else laid there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or not folder.is_dir() or state.st_uid not in {os.geteuid(), who.uid}:
        raise RuntimeError(f"{folder} belongs to somebody else: remove it and start again.")
    if state.st_uid != who.uid:
        os.chown(folder, who.uid, who.gid)
    folder.chmod(0o700)
    return folder
