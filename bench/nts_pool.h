/* The file that nts_requests.c writes and load.c reads: this header, then the requests. Request k
 * (from 0) has the transmit timestamp (k + 1) * NTS_POOL_SCRAMBLE. */
#pragma once

#include <stdint.h>

#define NTS_POOL_MAGIC    UINT64_C(0x4e5453504f4f4c31)
#define NTS_POOL_SCRAMBLE UINT64_C(0x9e3779b97f4a7c15)
enum { NTS_POOL_REQUESTS = 1 << 16 };

struct nts_pool {
    uint64_t magic;
    uint32_t request_bytes, reply_bytes;
};
