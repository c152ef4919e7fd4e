"""Photos of a shop, from the phone that took them to the page: see docs/photos.md.

`headers` reads what a file says of itself, `receive` takes it in, `darkroom` (a process of its own) makes new pictures
out of its pixels, `develop` starts that and keeps what comes out, `shelf` is where files lie, `serving` how they go
out, `page` what the page shows.
"""
