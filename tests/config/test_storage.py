"""Where files lie, and under which names static files are served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

from config.storage import StaticFiles, storages

FOLDER = Path("/srv/files")


def test_files_lie_in_a_folder_without_a_public_address():
    options = storages("", FOLDER)["default"]["OPTIONS"]

    assert options == {"location": "/srv/files", "base_url": None}


def test_the_folder_may_be_named():
    options = storages("file:///mnt/my%20scans", FOLDER)["default"]["OPTIONS"]

    assert options["location"] == "/mnt/my scans"


def test_s3_is_read_from_its_address():
    url = "s3://key:se%2Fcret@minio:9000/scans?region=eu-1&insecure=1"

    options = storages(url, FOLDER)["default"]["OPTIONS"]

    assert options["endpoint_url"] == "http://minio:9000"
    assert options["bucket_name"] == "scans"
    assert options["region_name"] == "eu-1"
    assert (options["access_key"], options["secret_key"]) == ("key", "se/cret")
    assert options["querystring_auth"] is True


def test_s3_is_reached_by_https_unless_said_otherwise():
    options = storages("s3://key:secret@s3.example/scans", FOLDER)["default"]["OPTIONS"]

    assert options["endpoint_url"] == "https://s3.example"


def test_another_kind_of_storage_is_refused():
    with pytest.raises(ImproperlyConfigured, match="not ftp://"):
        storages("ftp://host/folder", FOLDER)


def test_a_module_imports_the_hashed_name_of_another(tmp_path, settings):
    settings.DEBUG = False
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.js").write_text('import { b } from "./b.js";\nb();\n')
    (source / "b.js").write_text("export const b = () => 1;\n")
    files = StaticFiles(location=str(tmp_path / "made"), base_url="/static/")
    paths = {name: (FileSystemStorage(location=str(source)), name) for name in ("a.js", "b.js")}
    for name in paths:
        files.save(name, (source / name).open("rb"))

    for _name, _hashed, done in files.post_process(paths):
        assert not isinstance(done, Exception)

    made = (tmp_path / "made" / files.stored_name("a.js")).read_text()
    assert re.search(r'from "\./b\.[0-9a-f]{12}\.js"', made)
