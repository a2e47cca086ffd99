"""near.py WHAT EXPECTED_S TOLERANCE_S OFFSET_S...: is the median of the offsets where it should be?"""
import statistics
import sys

what, expected, tolerance = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
offsets = [float(text) for text in sys.argv[4:] if text]
if not offsets:
    sys.exit(f"{what}: no offset was measured")
median = statistics.median(offsets)
spread = ", ".join(f"{offset * 1e6:+.0f}" for offset in offsets)
print(f"{what}: median {median * 1e6:+.0f} us of {spread}")
sys.exit(abs(median - expected) > tolerance)
