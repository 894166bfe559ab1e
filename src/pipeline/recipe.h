// What a video was made from, as JSON: what files of ours tell about themselves (docs/formats.md).
#pragma once

#include <string>

#include "odsora/odsora.h"
#include "pipeline/given_frames.h"
#include "pipeline/job.h"

namespace odsora {

/// The request with every default filled in, so that it makes the same video whatever the defaults become. Files are
/// named without their folder, which is nobody's business, and by the digest of their content.
Request resolved_request(const Request& request, const Job& job, const std::vector<InspectedReference>& references);

/// One line of JSON that parse_recipe() reads; what is absent or plain is left out. Begins with {"odsora":.
std::string recipe_json(const Recipe& recipe);

}  // namespace odsora
