"""What the person wants: emergency lexicon, fused classifier, calibration."""
