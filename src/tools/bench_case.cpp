#include "tools/bench_case.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace odsora {
namespace {

constexpr int64_t kLargestSize = 1 << 20;

bool is_number_sign(char c) { return c == 'x' || c == '+'; }

const BenchKind* find_kind(std::string_view name) {
  for (const auto kinds : {operation_kinds(), stage_kinds()}) {
    const auto found =
        std::find_if(kinds.begin(), kinds.end(), [&](const BenchKind& kind) { return kind.name == name; });
    if (found != kinds.end()) return &*found;
  }
  return nullptr;
}

std::string all_kinds() {
  std::string names;
  for (const auto kinds : {operation_kinds(), stage_kinds()}) {
    for (const BenchKind& kind : kinds) names += join(names.empty() ? "" : ", ", kind.name, "@", kind.sizes);
  }
  return names;
}

}  // namespace

BenchSizes parse_bench_sizes(std::string_view text, std::string_view form) {
  BenchSizes sizes;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (size_t i = 0; i < form.size(); ++i) {
    if (is_number_sign(form[i])) {
      if (at == end || *at++ != form[i]) return {};
      continue;
    }
    int64_t size = 0;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 1 || size > kLargestSize) return {};
    sizes.push_back(size);
    at = next;
  }
  if (at != end) return {};
  return sizes;
}

BenchCase parse_bench_case(const std::string& name) {
  const size_t at = name.find('@');
  const BenchKind* const kind = find_kind(std::string_view(name).substr(0, at));
  if (kind == nullptr || at == std::string::npos) {
    fail(ErrorCode::kInvalidArgument, "bench case '", name, "': expected operations, stages, job@NxHxW or one of ",
         all_kinds());
  }
  BenchSizes sizes = parse_bench_sizes(std::string_view(name).substr(at + 1), kind->sizes);
  if (sizes.empty()) {
    fail(ErrorCode::kInvalidArgument, "bench case '", name, "': expected sizes ", kind->sizes, ", each 1 to ",
         kLargestSize, ", found ", name.substr(at + 1));
  }
  return {.name = name, .kind = kind, .sizes = std::move(sizes)};
}

std::vector<std::string> usual_operations() {
  std::vector<std::string> names;
  for (const std::string clip : {"2x20x144", "2x20x256"}) {
    for (const std::string kind : {"qkv", "proj", "fc1", "fc2", "attention_spatial", "attention_temporal"}) {
      names.push_back("stdit3." + kind + "@" + clip);
    }
    for (const std::string text : {"60", "300"}) names.push_back("stdit3.attention_cross@" + clip + "+" + text);
    for (const std::string kind : {"norm_modulate", "norm_rotate", "gate_add"}) {
      names.push_back("stdit3." + kind + "@" + clip);
    }
  }
  for (const std::string kind : {"q", "wi_0", "wo", "attention", "rms_norm"}) names.push_back("t5." + kind + "@300");
  names.insert(names.end(),
               {"vae.conv2d@1x256x256x128x128", "vae.conv2d@1x256x256x256x256", "vae.conv2d@1x64x64x512x512",
                "vae.conv3d@5x32x32x512x512", "vae.group_norm_silu@1x256x256x128"});
  return names;
}

std::vector<std::string> usual_stages() {
  std::vector<std::string> names;
  for (const std::string clip : {"2x20x144", "2x20x256"}) {
    for (const std::string text : {"60", "300"}) names.push_back("stdit3.pair@" + clip + "+" + text);
    names.push_back("stdit3.merged_pair@" + clip + "+60");
  }
  names.insert(names.end(), {"t5.block@60", "t5.block@300", "vae.decode@17x192x192", "vae.decode@17x256x256"});
  return names;
}

}  // namespace odsora
