"""A City that has a virus scanner has its word on each file before anything opens it; one that is silent holds it up."""

import socketserver
import struct
import threading

import pytest

from shops.models import Photo
from shops.models.photo import Fault
from shops.photos import develop, scanner, shelf
from tests.photos.files import jpeg, make_photo
from tests.shops.factories import TUESDAY_10H

VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


class Clamd(socketserver.StreamRequestHandler):
    """As clamd does: INSTREAM, chunks with their length, a length of nought, one answer."""

    def handle(self):
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(length)
        self.server.seen.append(len(data))
        answer = self.server.answer or (b"stream: Eicar FOUND" if VIRUS in data else b"stream: OK")
        self.wfile.write(answer + b"\0")


@pytest.fixture
def clamd(tmp_path, settings):
    settings.CLAMD_SOCKET = str(tmp_path / "clamd.ctl")
    with socketserver.ThreadingUnixStreamServer(settings.CLAMD_SOCKET, Clamd) as server:
        server.seen, server.answer = [], None
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def photo(marie):
    photo = make_photo(marie, state=Photo.State.RECEIVED)
    shelf.put(photo.name, shelf.ORIGINAL, jpeg())
    return photo


def state(photo):
    photo.refresh_from_db()
    return photo.state


def test_a_clean_file_is_developed(clamd, photo):
    develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert state(photo) == Photo.State.READY
    assert clamd.seen == [len(jpeg())], "the whole of it was looked at"


def test_a_file_with_a_virus_is_gone_and_its_sender_is_told(clamd, photo):
    shelf.put(photo.name, shelf.ORIGINAL, jpeg() + VIRUS)
    develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert (state(photo), photo.reason) == (Photo.State.UNREADABLE, Fault.INFECTED)
    assert "antivirus" in str(photo.fault)


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"x", b"stream: OK\nstream: OK"])
def test_an_answer_that_says_nothing_leaves_it_waiting(clamd, photo, answer):
    clamd.answer = answer
    with pytest.raises(scanner.Silent):
        develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert state(photo) == Photo.State.RECEIVED
    assert shelf.get(photo.name, shelf.ORIGINAL) == jpeg()


def test_while_the_scanner_is_down_the_photo_waits_and_goes_on_afterwards(photo, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.ctl")
    with pytest.raises(scanner.Silent):
        develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert state(photo) == Photo.State.RECEIVED
    settings.CLAMD_SOCKET = ""
    develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert state(photo) == Photo.State.READY
