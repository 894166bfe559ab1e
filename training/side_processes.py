"""Processes that run beside training: compilation, captions, the judge. None of them may stop the run."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

from log import Log

HERE = Path(__file__).resolve().parent


class SideProcesses:
    def __init__(self, work: Path, log: Log) -> None:
        self.work, self.log = work, log
        self.running: Dict[str, subprocess.Popen] = {}

    def start(self, name: str, command: List[str], threads: int = 2) -> None:
        """Output goes to WORK/NAME.txt."""
        output = open(self.work / f"{name}.txt", "w")
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), PYTHONUNBUFFERED="1")
        try:
            self.running[name] = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
            )
        except OSError as error:
            self.log.error(name, error)

    def start_script(self, name: str, script: str, *arguments: str, threads: int = 2) -> None:
        self.start(name, [sys.executable, str(HERE / script), *arguments], threads)

    def has_ended(self, name: str) -> bool:
        process = self.running.get(name)
        return process is None or process.poll() is not None

    def failed(self, name: str) -> bool:
        process = self.running.get(name)
        return process is None or process.poll() not in (None, 0)

    def stop_all(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                try:
                    os.killpg(process.pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass
