"""What a PDF says, as a reader program would hear it."""

from io import BytesIO

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """The words of each page, one page from the next by a form feed."""
    return "\f".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def close(words: str) -> str:
    """The words without blanks: a reader may see one between two letters that are set apart, as a code's are."""
    return "".join(words.split(" "))
