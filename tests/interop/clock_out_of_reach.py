"""Shows that this process and its children cannot move the clock, without trying to move it."""
import ctypes
import errno
import sys

CAP_SYS_TIME = 25
ADJ_FREQUENCY = 2


def capability_sets():
    with open("/proc/self/status", encoding="ascii") as status:
        fields = dict(line.split(":\t") for line in status.read().splitlines() if ":\t" in line)
    return {name: int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}


def keep_frequency():
    """Asks the kernel to set the frequency that it already has; returns the error."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = (ctypes.c_long * 64)()  # struct timex: unsigned modes (padded), long offset, long freq
    if libc.adjtimex(timex) < 0:
        return ctypes.get_errno()
    timex[0] = ADJ_FREQUENCY
    return ctypes.get_errno() if libc.adjtimex(timex) < 0 else 0


held = [name for name, bits in capability_sets().items() if bits >> CAP_SYS_TIME & 1]
if held:
    sys.exit("CAP_SYS_TIME is in " + ", ".join(held))
if keep_frequency() != errno.EPERM:
    sys.exit("the kernel would let us set the clock")
