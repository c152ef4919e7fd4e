"""What residents tell: `forms` take it, `handling` sees it to its end, `letters` tells everybody how it stands."""
