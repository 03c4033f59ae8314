"""The e-mail that leads to the result on paper (``papers.result``)."""
