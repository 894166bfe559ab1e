#include "request_options.h"

#include <map>

#include "choice_option.h"
#include "technique_options.h"

namespace odsora_cli {
namespace {

const std::map<std::string, odsora::TokenMerging::Rule> kMergingRules = {
    {"mean", odsora::TokenMerging::Rule::kMean}, {"authors", odsora::TokenMerging::Rule::kAuthors}};

std::map<std::string, odsora::Preset> presets() {
  std::map<std::string, odsora::Preset> by_name;
  for (const odsora::Preset preset : odsora::kPresets) by_name[odsora::preset_name(preset)] = preset;
  return by_name;
}

// An option whose value `parse` reads; a value that it cannot read is an error of the command line.
template <typename Value>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, Value& value,
                        std::string (*parse)(const std::string&, Value&), const std::string& description) {
  const auto read = [&value, parse, name](const CLI::results_t& values) {
    const std::string wrong = parse(values.at(0), value);
    if (!wrong.empty()) throw CLI::ValidationError(name, wrong);
    return true;
  };
  return command.add_option(name, read, description);
}

// "144p|240p", as a type name: the choices that --help and completion show.
template <size_t kCount>
std::string words_of(const char* const (&names)[kCount]) {
  std::string words;
  for (const char* name : names) words += (words.empty() ? "" : "|") + std::string(name);
  return words;
}

constexpr const char* kPromptGroup = "Prompt";
constexpr const char* kSizeGroup = "Size";
constexpr const char* kGivenGroup = "Given pictures and videos";

}  // namespace

RequestOptions::RequestOptions(CLI::App& command) {
  prompt_ = command.add_option("-p,--prompt", request_.prompt, "What the video shows");
  add_prompt_options(command);
  add_size_options(command);
  add_given_options(command);
  command.add_option("--steps", request_.steps, "Denoising steps [the model's own]");
  static const std::map<std::string, odsora::Preset> kByName = presets();
  add_choice(
      command, "--preset", kByName, request_.preset,
      "How much to leave out for speed: exact leaves out nothing, balanced what costs no quality [the model's own]");
  CLI::Option* const leaps = add_parsed(command, "--leaps", leap_, parse_growing_leaps,
                                        "Evaluate the model only N times, in leaps over steps that grow along the path")
                                 ->type_name("N");
  lpl_or_leaps_ = {leaps, add_parsed(command, "--lpl", leap_, parse_leap,
                                     "Leap over the last steps once the path is straight: auto, or after N evaluations "
                                     "of the model; authors leaps where the authors' code does [off]")
                              ->type_name("off|auto|authors|N")
                              ->excludes(leaps)};
  tdtm_ = add_parsed(command, "--tdtm", merging_.steps, parse_steps,
                     "Merge pairs of frames in attention: in all steps, the first N, or steps A to B [off]")
              ->type_name("off|all|N|A-B");
  add_parsed(command, "--tdtm-blocks", merging_.blocks, parse_blocks,
             "Merge in these blocks only, counted in pairs of a spatial and a temporal one [all]")
      ->type_name("all|N|A-B")
      ->needs(tdtm_);
  add_choice(command, "--tdtm-rule", kMergingRules, merging_.rule,
             "Where merged frames are in time: at the mean of the two, or where the authors' code puts them [mean]")
      ->needs(tdtm_);
  command.add_option("--cfg-scale", request_.guidance_scale,
                     "Guidance: how closely to follow the prompt [the model's own]");
  command.add_option("--seed", request_.seed, "Number that the noise is made from [random, and printed]");
}

void RequestOptions::add_prompt_options(CLI::App& command) {
  const auto add = [&](auto* option) { option->group(kPromptGroup); };
  add(command.add_option("--negative-prompt", request_.negative_prompt, "What the video should keep away from"));
  add(command.add_flag("--raw-prompt", request_.raw_prompt,
                       "Read the prompt as it is: neither cleaned nor with scores"));
  add(command.add_option("--aesthetic-score", request_.aesthetic_score,
                         "How pretty, 0 to 10: 4 to 7 in training [the model's own]"));
  add(command.add_option("--motion-score", request_.motion_score, "How much moves, 0 to 1000 [not said]"));
  add(command.add_option("--camera-motion", request_.camera_motion, "How the camera moves: \"pan left\" [not said]"));
  add(command.add_option("--loop", request_.clips,
                         "Make so many clips, each going on from the one before; a prompt of \"|0| a calm sea |2| a "
                         "storm\" changes with the third [1]"));
}

void RequestOptions::add_size_options(CLI::App& command) {
  const auto add = [&](auto* option) { return option->group(kSizeGroup); };
  CLI::Option* const width = add(command.add_option("-W,--width", request_.width, "Pixels [the model's own]"));
  CLI::Option* const height = add(command.add_option("-H,--height", request_.height, "Pixels [the model's own]"));
  CLI::Option* const resolution =
      add(command.add_option("--resolution", resolution_, "In place of width and height, a size of Open-Sora's")
              ->type_name(words_of(odsora::kResolutions))
              ->excludes(width)
              ->excludes(height));
  add(command
          .add_option("--aspect-ratio", aspect_ratio_,
                      "Height to width, as Open-Sora writes them: 9:16 lies, 16:9 stands [9:16]")
          ->type_name(words_of(odsora::kAspectRatios))
          ->needs(resolution));
  CLI::Option* const frames =
      add(command.add_option("--frames", request_.frames, "Frames; 1 is a picture [the model's own]"));
  add(command
          .add_option("--seconds", request_.seconds,
                      "In place of frames: as many whole chunks of the model as last that long")
          ->excludes(frames));
  add(command.add_option("--fps", request_.fps, "Frames a second [the model's own]"));
}

void RequestOptions::add_given_options(CLI::App& command) {
  odsora::Conditioning& given = request_.conditioning;
  const auto add = [&](auto* option) { return option->group(kGivenGroup); };
  add(command.add_option("--init-image", given.init_image.path, "Picture that the video begins with"))
      ->type_name("FILE");
  add(command.add_option("--init-video", given.init_video.path, "Video that the new one goes on from"))
      ->type_name("FILE");
  add(command.add_option("--end-image", given.end_image.path, "Picture that the video ends with"))->type_name("FILE");
  add(command.add_option("--mask-strategy", given.mask_strategy,
                         "Where else these go, in Open-Sora's syntax: clip,file,from,to,length,edit;..."));
}

odsora::Request RequestOptions::request() const {
  odsora::Request request = request_;
  if (!resolution_.empty()) {
    const odsora::PixelSize size = odsora::named_size(resolution_, aspect_ratio_);
    request.height = size.height;
    request.width = size.width;
  }
  for (const CLI::Option* option : lpl_or_leaps_) {
    if (!option->empty()) request.leap = leap_;
  }
  if (!tdtm_->empty()) request.tdtm = merging_;
  return request;
}

}  // namespace odsora_cli
