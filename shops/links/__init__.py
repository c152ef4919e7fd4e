"""Whether the links of shops still lead somewhere: `fetch` asks, safely; `checking` draws the conclusions."""
