"""PostgreSQL refuses to run as root: the user it runs as then, and what is opened for him."""

import os
import pwd
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from app.postgresql import DatabaseUnavailable

NAME = "pgserver"
"""Made when he is needed first."""


def make_private_folder(folder: Path) -> None:
    """Makes a folder that only the user PostgreSQL runs as may enter. Raises `DatabaseUnavailable`."""
    folder.mkdir(mode=0o700, parents=True)
    if os.geteuid() == 0:
        account = _system_account()
        os.chown(folder, account.pw_uid, account.pw_gid)


def _system_account() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(NAME)
    # --system: systemd frees the shared memory of ordinary users who have no session (RemoveIPC).
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DatabaseUnavailable(
            f"PostgreSQL does not run as root, and the user {NAME} cannot be made: start as an ordinary user."
        ) from error
    return pwd.getpwnam(NAME)


def let_through(path: Path) -> list[Path]:
    """Lets other users pass through (not list) the folders above ``path``; gives those that were closed."""
    closed = [folder for folder in path.parents if not folder.stat().st_mode & stat.S_IXOTH]
    for folder in closed:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
    return closed


def let_read(folder: Path) -> None:
    """Lets other users read and run what is in ``folder``: a strict umask keeps it for the user who installed it."""
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)
