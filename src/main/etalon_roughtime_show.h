/* What Roughtime's query and verify have in common: how responses and conclusions are shown. */
#pragma once

#include "base/json.h"
#include "main/etalon_arguments.h"
#include "main/etalon_output.h"
#include "proto/roughtime_chain.h"

/* "2026-01-31T23:59:59Z +- 3 s, version 1, context Roughtime v1" after a head of the caller. */
void etalon_roughtime_show_proof(const struct roughtime_client_proof *proof,
                                 const struct etalon_output *output);
void etalon_roughtime_show_proof_json(const struct roughtime_client_proof *proof,
                                      struct json *json);
/* By how many seconds the two responses contradict each other. */
int64_t etalon_roughtime_show_gap(const struct roughtime_client_proof *earlier,
                                  const struct roughtime_client_proof *later);
/* "consistent", "malfeasance", ... for JSON. */
const char *etalon_roughtime_show_verdict(enum roughtime_chain_verdict verdict);
