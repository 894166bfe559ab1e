#include "tools/model_report.h"

#include <new>
#include <system_error>
#include <utility>

#include "base/available_memory.h"
#include "base/error.h"
#include "pipeline/model_folder.h"
#include "weights/model_manifest.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrompt = "a panda bouncing over the ocean at sunset";
constexpr Bytes kNoLimit = Bytes{1} << 50;

// A stranger's name goes to a terminal, which may take control characters, also U+0080 to U+009F, for commands.
std::string printable(std::string name) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(name[i]); };
  for (size_t i = 0; i < name.size(); ++i) {
    const bool two_bytes = byte(i) == 0xC2 && i + 1 < name.size() && byte(i + 1) < 0xA0;
    if (byte(i) < 0x20 || byte(i) == 0x7F || two_bytes) name.replace(i, two_bytes ? 2 : 1, "?");
  }
  return name;
}

std::string folder_name(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

// What `act` throws about the model, as a sentence; empty when it throws nothing.
template <typename Act>
std::string what_is_wrong(const fs::path& folder, const Act& act) {
  try {
    act();
    return "";
  } catch (const Error& error) {
    return error.what();
  } catch (const fs::filesystem_error& error) {
    return join(folder.string(), ": cannot be read: ", error.code().message());
  } catch (const std::bad_alloc&) {
    return join(folder.string(), ": its default video is too large for the memory of this machine");
  }
}

Bytes bytes_on_disk(const ModelFolder& model) {
  Bytes bytes = 0;
  for (const WeightStore* weights : {&model.text_encoder_weights, &model.transformer_weights, &model.vae_weights}) {
    for (const fs::path& file : weights->files()) bytes += fs::file_size(file);
  }
  return bytes;
}

ModelFacts facts_of(const fs::path& folder) {
  const ModelFolder model(folder);
  return {.width = model.manifest.width,
          .height = model.manifest.height,
          .frames = model.manifest.frames,
          .fps = model.manifest.fps,
          .weights = bytes_on_disk(model)};
}

Plan plan_under(const fs::path& folder, Bytes limit) {
  Engine engine({.model_folder = folder.string(), .memory_limit = limit, .prompt_cache = false});
  Request request;
  request.prompt = kPrompt;
  return engine.plan(request);
}

ModelNeeds needs_of(const fs::path& folder, Bytes limit) {
  Plan plan;
  try {
    plan = plan_under(folder, limit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kMemory) throw;
    plan = plan_under(folder, plan_under(folder, kNoLimit).least_memory_limit);
  }
  return {.least_memory_limit = plan.least_memory_limit, .memory_limit = limit, .seconds = plan.seconds()};
}

}  // namespace

bool looks_like_model(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "odsora.json", ignored) || fs::exists(folder / "transformer" / "config.json", ignored);
}

std::string model_name(const fs::path& folder) {
  std::string name;
  const std::string wrong = what_is_wrong(folder, [&] { name = read_manifest(folder).name; });
  return printable(wrong.empty() ? name : folder_name(folder));
}

ModelReport report_model(const fs::path& folder, Bytes memory_limit) {
  ModelReport report;
  report.name = model_name(folder);
  report.folder = folder;
  report.error = what_is_wrong(folder, [&] {
    report.facts = facts_of(folder);
    report.needs = needs_of(folder, memory_limit > 0 ? memory_limit : default_memory_limit());
  });
  return report;
}

}  // namespace odsora
