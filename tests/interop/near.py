"""near.py WHAT TOLERANCE_S OFFSET_S...: is the median of the offsets within the tolerance?"""
import statistics
import sys

what, tolerance, offsets = sys.argv[1], float(sys.argv[2]), [float(text) for text in sys.argv[3:] if text]
if not offsets:
    sys.exit(f"{what}: no offset was measured")
median = statistics.median(offsets)
spread = ", ".join(f"{offset * 1e6:+.0f}" for offset in offsets)
print(f"{what}: median {median * 1e6:+.0f} us of {spread}")
sys.exit(abs(median) > tolerance)
