"""What is done with forms and with what comes by them."""
