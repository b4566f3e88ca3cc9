"""Folders that may not be read, also for root, who runs many tests."""

import errno
import os


def close_folders(monkeypatch, name):
    """Lets the listing of every folder of this name fail as for want of permission."""
    listed = os.scandir

    def scandir(folder):
        if str(folder).endswith(name):
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
