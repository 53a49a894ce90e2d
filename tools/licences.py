"""Fails where the environment it runs in holds a package whose licence may not be installed by default."""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions

# LGPL is fine for libraries used unchanged; "GNU General", GPL, AGPL, BSL, SSPL are not
FORBIDDEN = re.compile(
    r"(?<![LB])GPL|Affero|GNU General|BUSL|Business Source|Commons Clause|SSPL|Server Side Public|Elastic License", re.I
)
LESSER = re.compile(r"GNU Lesser General[^;]*|GNU Library or Lesser General[^;]*|LGPL[^ ;,)]*", re.I)


def licence(distribution: Distribution) -> str:
    """What a package says of its licence: expression, classifiers, and the first line of the free text."""
    metadata = distribution.metadata
    said = [metadata.get("License-Expression") or ""]
    said += [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    said.append((metadata.get("License") or "").strip().partition("\n")[0])
    return "; ".join(text for text in said if text)


def main() -> None:
    found = {item.metadata["Name"]: licence(item) for item in distributions()}
    faults = [f"{name}: {text}" for name, text in sorted(found.items()) if FORBIDDEN.search(LESSER.sub("", text))]
    silent = [name for name, text in sorted(found.items()) if not text]
    if faults or silent:
        sys.exit("\n".join(["Licences that may not be installed by default:", *faults, *silent]))
    print(f"{len(found)} packages, no GPL, AGPL, BSL or SSPL")


if __name__ == "__main__":
    main()
