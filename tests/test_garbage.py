"""A worker's garbage collections pass over what it has loaded. In a process of its own: this one's stay as they are."""

import subprocess
import sys
from pathlib import Path

from app.config import Settings
from app.garbage import YOUNG
from tests.servers import PROJECT, environment

WORKER = """
import gc
from app import create_app
from app.garbage import settle
from app.models import Event

app = create_app()
settle()
with app.app_context():
    print(gc.get_threshold()[0], gc.get_freeze_count(), len(gc.get_objects()), Event.registry._new_mappers)
"""


def test_what_was_loaded_is_not_looked_through_again(settings: Settings, tmp_path: Path):
    surroundings = environment(tmp_path, DATABASE_URL=settings.required_database_url())
    options = {"cwd": PROJECT, "env": surroundings, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", WORKER], check=False, **options)
    assert done.returncode == 0, done.stderr
    young, kept_out, looked_at, not_mapped = done.stdout.split()
    assert int(young) == YOUNG
    assert int(kept_out) > 100 * int(looked_at)
    assert not_mapped == "False"
