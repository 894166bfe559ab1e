"""The settings of the engine that compare.py compares, as a JSON file lists them.

The file is a list of {"name": "lpl-16", "options": ["--lpl", "16"], "table": "Fewer evaluations"}, in the
order in which clips are made and tables are printed. The first is "exact", with the preset of that name and in
no table: all others are compared with it.
"""
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence

EXACT = "exact"
EXACT_OPTIONS = ["--preset", "exact"]
TIMING = "timing"  # a folder beside those of the settings


@dataclass(frozen=True)
class Setting:
    """A name, which is a folder's too; what the engine is told; the title of the table that shows it."""

    name: str
    options: List[str]
    table: str


def read_setting(entry: Dict) -> Setting:
    """A setting from its object in the file. Raises ValueError with what is wrong about it."""
    name, options, table = entry.get("name"), entry.get("options"), entry.get("table", "")
    if not isinstance(name, str) or not re.fullmatch("[a-z0-9][a-z0-9-]*", name) or name == TIMING:
        raise ValueError(f"{name!r} is no name: small letters, digits and hyphens, and not {TIMING!r}")
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        raise ValueError(f"the options of {name} are no list of strings")
    if not isinstance(table, str) or bool(table) == (name == EXACT):
        raise ValueError(f"{name} needs a table's title" if name != EXACT else f"{name} belongs to no table")
    if not set(entry) <= {"name", "options", "table"}:
        raise ValueError(f"{name} has more than name, options and table")
    return Setting(name, options, table)


def read_settings(file: Path) -> List[Setting]:
    """All settings of a file, in its order. Raises ValueError with what is wrong about it."""
    entries = json.loads(file.read_text())
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("it is no list of settings")
    settings = [read_setting(entry) for entry in entries]
    names = [setting.name for setting in settings]
    if len(set(names)) < len(names):
        raise ValueError("two settings have the same name")
    if not settings or settings[0] != Setting(EXACT, EXACT_OPTIONS, ""):
        raise ValueError(f"its first setting must be {EXACT}, with the options {' '.join(EXACT_OPTIONS)}")
    return settings


def chosen_settings(settings: List[Setting], names: Sequence[str]) -> List[Setting]:
    """The exact setting and those that are named, or all if no name is given."""
    unknown = sorted(set(names) - {setting.name for setting in settings})
    if unknown:
        raise ValueError(f"it has no setting {', '.join(unknown)}")
    return [setting for setting in settings if not names or setting.name in (EXACT, *names)]
