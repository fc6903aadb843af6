"""What pages and files show of a funnel: words, picture, numbers opened, mistakes in the reader's language."""
