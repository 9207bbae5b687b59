"""How an array is stored: the chunks that exist, their sizes, and maps of them."""
