"""JavaScript for tests: node, and what npm installs for it."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = Path(__file__).parent / "clients" / "npm"
MINUTES = 5


def run_script(script: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """What node makes of a module, which may import what is installed in ``folder``; ``settings``: variables of its
    environment."""
    return _run("node", "--input-type=module", folder=folder, text=script, **settings)


def installed() -> Path:
    """The folder that holds the packages of tests/clients/npm, as locked there: outside of the tree, installed once.

    Fails where there is no npm, or no registry that has them: nothing is passed over.
    """
    files = [PACKAGES / name for name in ("package.json", "package-lock.json")]
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "event-server-tests"
    folder = caches / f"npm-{version}"
    if folder.exists():
        return folder
    caches.mkdir(parents=True, exist_ok=True)
    begun = Path(tempfile.mkdtemp(dir=caches))
    try:
        for file in files:
            shutil.copy(file, begun)
        done = _run("npm", "ci", "--no-audit", "--no-fund", folder=begun)
        assert done.returncode == 0, f"npm could not install {PACKAGES}:\n{done.stderr}"
        begun.rename(folder)  # whole, or not at all
    except OSError:
        assert folder.exists()  # another run was faster
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    return folder


def _run(*command: str, folder: Path, text: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is not installed: these tests need node 18 or newer, and npm."
    return subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=os.environ | settings,
        input=text,
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
        check=False,
    )
