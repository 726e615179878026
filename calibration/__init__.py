"""What the model is held against: reported targets with their sources, and the comparison of model and report."""
