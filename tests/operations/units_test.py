#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The unit files are what systemd takes them for, and the configuration beside them what the service takes; skipped (77)
where there is no systemd-analyze."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["FRESHET_TEST_PROGRAM"]
UNITS = pathlib.Path(os.environ["FRESHET_ROOT"]) / "packaging" / "systemd"


def main():
    checked = subprocess.run([PROGRAM, "--config", str(UNITS / "freshet.toml"), "--check-config"], capture_output=True,
                             text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
    if shutil.which("systemd-analyze") is None:
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for unit in ("freshet.service", "freshet.socket"):
            text = (UNITS / unit).read_text()
            # systemd looks whether the program is there.
            (pathlib.Path(folder) / unit).write_text(text.replace("/usr/local/bin/freshet-service", PROGRAM))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{folder}/freshet.service",
                                   f"{folder}/freshet.socket"], capture_output=True, text=True, timeout=30, check=False)
        # Of other units of this machine it may complain as well.
        complaints = [line for line in verified.stderr.splitlines() if "freshet" in line]
        assert not complaints, "\n".join(complaints)
        assert verified.returncode == 0, verified.stderr
    return 0


if __name__ == "__main__":
    sys.exit(main())
