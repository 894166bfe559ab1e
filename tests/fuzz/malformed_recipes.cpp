#include "json_damage.h"
#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

// All of them may be left out.
std::vector<FieldRule> recipe_fields() {
  std::vector<FieldRule> rules;
  for (const char* name : {"odsora", "prompt", "negative_prompt", "camera_motion", "precision", "mask_strategy"}) {
    rules.push_back({std::string("/") + name, Field::kText, false});
  }
  for (const char* name :
       {"seed", "width", "height", "frames", "clips", "steps", "quality", "tdtm/steps/last", "leap/evaluations"}) {
    rules.push_back({std::string("/") + name, Field::kInteger, false});
  }
  for (const char* name : {"aesthetic_score", "motion_score", "fps", "guidance_scale"}) {
    rules.push_back({std::string("/") + name, Field::kNumber, false});
  }
  rules.push_back({"/raw_prompt", Field::kBoolean, false});
  for (const char* name : {"model", "leap", "tdtm"}) rules.push_back({std::string("/") + name, Field::kObject, false});
  for (const char* name : {"model/name", "model/digest", "leap/rule", "tdtm/rule", "init_image/name",
                           "init_image/sha256", "end_image/name", "end_image/sha256"}) {
    rules.push_back({std::string("/") + name, Field::kText});
  }
  for (const char* name : {"tdtm/steps", "tdtm/blocks"}) rules.push_back({std::string("/") + name, Field::kObject});
  for (const char* name : {"tdtm/steps/first", "tdtm/blocks/first"}) {
    rules.push_back({std::string("/") + name, Field::kInteger});
  }
  return rules;
}

std::vector<std::string> impossible_recipes(const Json& good) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& pointer, const std::vector<std::string>& values) {
    for (std::string& file : with_values(good, pointer, values)) files.push_back(std::move(file));
  };
  add("/preset", {"\"\"", "\"EXACT\"", "\"slow\"", "1"});
  add("/precision", {"\"\"", "\"f16\"", "\"BF16\""});
  add("/leap/rule", {"\"\"", "\"none\"", "\"Auto\""});
  add("/tdtm/rule", {"\"\"", "\"off\"", "\"Mean\""});
  add("/seed", {"18446744073709551616", "-1", "1.0"});
  for (const char* name : {"width", "height", "frames", "clips", "steps", "quality"}) {
    add(std::string("/") + name, {"2147483648", "4294967297", "9223372036854775808", "0.5"});
  }
  add("/init_image",
      {"[]", "1", "true", R"({"name":"a"})", R"({"sha256":"00"})", R"({"name":"a","sha256":"0","b":1})"});
  add("/tdtm/steps", {R"({"first":0})", R"({"first":1,"last":-1})", R"({"first":1,"end":2})"});
  for (const char* pointer : {"/unknown", "/Prompt", "/model/path", "/leap/steps", "/tdtm/first", "/output"}) {
    add(pointer, {"1", "null", "\"a\""});
  }
  add("/mask_strategy", {R"("3")", R"("0,3")", R"("0,0,0,0,0")", R"("0,0,0,0,1,2")", R"("0,0,0,0,1,-0.1")", R"("a")",
                         R"("0,0,0,0,1,nan")", R"("0,0,0,0,1,0,0")", R"("99999999999999999999")", R"("0,0,0.5")"});
  return files;
}

/// A line of a file of prompts, behind a good one.
std::vector<std::string> behind_a_prompt(const std::vector<std::string>& lines) {
  std::vector<std::string> files;
  for (const std::string& line : lines) files.push_back("a red panda\n" + line + "\na blue whale\n");
  return files;
}

std::vector<std::string> wrong_settings(const Json& good) {
  const std::string text = good.dump();
  std::vector<std::string> lines = beginnings(text, 1, text.size());
  for (std::string& line : wrong_fields(good, {{"/seed", Field::kInteger, false},
                                               {"/output", Field::kText, false},
                                               {"/prompt", Field::kText, false},
                                               {"/leap", Field::kObject, false},
                                               {"/width", Field::kInteger, false}})) {
    lines.push_back(std::move(line));
  }
  for (const char* pointer : {"/model", "/precision", "/odsora", "/of_no_use"}) {
    for (std::string& line : with_values(good, pointer, {"\"f32\"", "null", "{}"})) lines.push_back(std::move(line));
  }
  for (const char* key : {"output", "prompt", "seed"}) {
    lines.push_back("{\"" + std::string(key) + "\":null," + text.substr(1));  // twice
  }
  for (const size_t levels : {size_t{65}, size_t{1000}, size_t{200'000}}) {
    const std::string opened(levels, '['), closed(levels, ']');
    lines.push_back("{\"output\":" + opened + closed + "}");
    lines.push_back("{\"output\":\"a.mp4\",\"prompt\":" + opened + closed + "}");
    lines.push_back("{\"prompt\":" + opened);
  }
  lines.push_back(text + text);
  lines.push_back("{\"prompt\":\"\xff\"}");
  lines.push_back("{\"output\":\"\xff\"}");
  lines.push_back("{\"prompt\":\"" + std::string(size_t{1} << 20, 'a') + "\"}");
  lines.push_back(std::string((size_t{1} << 20) + 1, 'a'));
  return behind_a_prompt(lines);
}

}  // namespace

std::vector<MalformedFiles> malformed_recipes() {
  const Json recipe = Json::parse(seed("recipe/all_fields.json"));
  const std::string text = recipe.dump();
  const Json settings = {
      {"prompt", "a blue whale"}, {"seed", 7}, {"output", "whale.mp4"}, {"leap", {{"rule", "auto"}}}};
  MalformedFiles blank{
      .kind = "prompt_file_blank", .target = "prompt_file", .good = "a", .files = {"", "\n", " \t\r\n\n"}};
  blank.files.push_back(std::string(100'001, '\n') + "a");
  return {
      {.kind = "recipe_broken_json", .target = "recipe", .good = text, .files = broken_json(text)},
      {.kind = "recipe_wrong_types", .target = "recipe", .good = text, .files = wrong_fields(recipe, recipe_fields())},
      {.kind = "recipe_impossible", .target = "recipe", .good = text, .files = impossible_recipes(recipe)},
      {.kind = "prompt_file_settings",
       .target = "prompt_file",
       .good = behind_a_prompt({settings.dump()})[0],
       .files = wrong_settings(settings)},
      std::move(blank),
  };
}

}  // namespace odsora::fuzz
