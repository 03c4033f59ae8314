"""What annotated messages taught: which facts a message really states, beside the grammar that finds their values."""
