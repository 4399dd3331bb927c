"""The page that travellers and travel managers look at: rendered here, useful without script."""
