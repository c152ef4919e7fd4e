"""Files on their way in: no sender fills our disk."""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

# No form of ours takes a larger file.
KEPT_BYTES = 10_000_000


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keep the beginning of each file, and count the rest: the form then says how much too large it is."""

    def receive_data_chunk(self, raw_data, start):
        # One byte more than is taken, so that what was cut short never passes for whole.
        room = KEPT_BYTES + 1 - start
        if room > 0:
            self.file.write(raw_data[:room])
