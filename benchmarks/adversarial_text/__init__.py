"""Text made to hold a reader up: from each pattern of the product, the strings that it would be slowest on."""
