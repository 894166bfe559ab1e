// config.json of a text encoder, and the buckets that it makes of distances between tokens.
#include <initializer_list>

#include "hostile_input.h"
#include "models/t5_config.h"
#include "models/t5_encoder.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const T5Config config = T5Config::read(ConfigObject::parse(fuzz::text_of(data, size), "config.json"));
    for (const int64_t distance : {0, 1, 2, 15, 16, 127, 128, 129, 1000, 4096, 65535}) {
      for (const int64_t position : {-distance, distance}) {
        const int64_t bucket = relative_position_bucket(position, config.position_buckets, config.longest_distance);
        if (bucket < 0 || bucket >= config.position_buckets) fuzz::report_finding("a bucket that is none");
      }
    }
  });
}
