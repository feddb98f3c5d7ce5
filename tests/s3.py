"""A store that speaks S3, for the tests: a process on a port of its own, and the environment that leads to it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys

import pytest
import s3fs

KEY, SECRET = "AKIAEXAMPLEOFAKEY", "example-of-a-secret-that-no-message-shows"


class S3:
    """The process."""

    def __init__(self):
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        found = None
        while found is None and (line := self.process.stderr.readline()):
            found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
        self.url = found.group(0)

    def stop(self):
        """End it."""
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


@contextlib.contextmanager
def s3_store(bucket):
    """The store with a bucket, and the environment of this process set to it."""
    made = S3()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {
            "AWS_ENDPOINT_URL": made.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patched.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(bucket)
        yield made
    made.stop()
    s3fs.S3FileSystem.clear_instance_cache()
