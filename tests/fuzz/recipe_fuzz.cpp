// The JSON of a recipe; what was understood must survive being written and read again.
#include "hostile_input.h"
#include "pipeline/recipe.h"
#include "sampling/mask_strategy.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const Recipe recipe = parse_recipe(std::string(fuzz::text_of(data, size)), "recipe");
    const std::string written = recipe_json(recipe);
    if (recipe_json(parse_recipe(written, "recipe")) != written) fuzz::report_finding("a recipe that changes");
    parse_mask_strategy(recipe.request.conditioning.mask_strategy, {.clips = 3, .references = 3, .alignment = 5});
  });
}
