import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vitrine.packed import Packed


def test_what_was_drawn_comes_back_and_is_still_safe_to_show():
    drawn = [format_html("<p>{}</p>", "L’été & <b>"), SafeString("")]
    unpacked = Packed(drawn).unpack()
    assert unpacked == ["<p>L’été &amp; &lt;b&gt;</p>", ""]
    assert all(isinstance(text, SafeString) for text in unpacked)


def test_what_a_visitor_typed_is_not_taken_for_drawn():
    with pytest.raises(TypeError):
        Packed(["<script>"])
