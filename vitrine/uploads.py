"""Files on their way in: no sender fills our disk."""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

# No form of ours takes a larger file: the City's files of shops are the largest.
KEPT_BYTES = 32 * 1024 * 1024


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keep the beginning of each file, and count the rest.

    `file.size` is what was sent. A form refuses what is larger than it takes, by that size and before it reads: so what
    was cut is stored nowhere.
    """

    def receive_data_chunk(self, raw_data, start):
        # One byte more than is taken, so that what was cut short never passes for whole.
        room = KEPT_BYTES + 1 - start
        if room > 0:
            self.file.write(raw_data[:room])
