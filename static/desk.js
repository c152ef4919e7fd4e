// The desks work without this. What it adds is said beside each part.
"use strict";
