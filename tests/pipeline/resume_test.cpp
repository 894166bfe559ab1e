// Work that is stopped at any place and goes on to the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>

#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

EngineOptions options(int threads = 2) {
  return {.model_folder = kShippedModel, .threads = threads, .prompt_cache = false};
}

Request small_request() {
  Request request;
  request.prompt = "a panda bouncing over the ocean at sunset";
  request.seed = 3;
  request.width = 64;
  request.height = 48;
  request.frames = 34;
  request.steps = 5;
  return request;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

class Resume : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.path() / name; }
  OutputFile output(const std::string& name, double every_s = 0) const {
    return {.path = file(name), .checkpoints = {.every_s = every_s}};
  }

  // Stops at the progress number `stop` that the run makes, from 1.
  static Report stopped_at(Engine& engine, const Request& request, const OutputFile& output, int stop) {
    CancelToken token;
    int seen = 0;
    const Observer observer = {.on_progress = [&](const Progress&) {
      if (++seen == stop) token.request();
    }};
    return engine.generate(request, output, observer, &token);
  }

  // Each run stops after some progress, now more, now less, until the video is there.
  struct Stops {
    int runs = 0;
    std::set<Phase> resumed;  // in which a run went on
  };
  static Stops make_with_stops(const Request& request, const OutputFile& output) {
    constexpr int kProgress[] = {8, 3, 6, 4, 7};  // six encode a text
    Engine engine(options());
    Stops stops;
    Report report;
    do {
      report = stopped_at(engine, request, output, kProgress[stops.runs % std::size(kProgress)]);
      if (report.resumed) stops.resumed.insert(report.resumed->phase);
      EXPECT_EQ(report.cancelled, !report.checkpoint.empty());
    } while (++stops.runs < 60 && report.cancelled);
    EXPECT_FALSE(report.cancelled);
    return stops;
  }

  void expect_same_bytes_with_stops(const Request& request, const std::set<Phase>& resumed) {
    const Report whole = Engine(options()).generate(request, output("whole.mp4"));
    EXPECT_FALSE(whole.resumed);
    const Stops stops = make_with_stops(request, output("stopped.mp4"));
    EXPECT_GT(stops.runs, 3);
    EXPECT_TRUE(std::includes(stops.resumed.begin(), stops.resumed.end(), resumed.begin(), resumed.end()))
        << testing::PrintToString(stops.resumed.size());
    EXPECT_TRUE(bytes_of(file("stopped.mp4")) == bytes_of(file("whole.mp4")));
    EXPECT_FALSE(fs::exists(file("stopped.mp4.checkpoint")));
  }

  // Leaves clip.mp4 unfinished, in the middle of denoising.
  Report leave_unfinished(const Request& request, const std::string& name = "clip.mp4") {
    Engine engine(options());
    CancelToken token;
    const Observer observer = {.on_progress = [&](const Progress& progress) {
      if (progress.phase == Phase::kDenoising && progress.step == 2) token.request();
    }};
    return engine.generate(request, output(name), observer, &token);
  }

  TemporaryFolder folder_;
};

TEST_F(Resume, APlainClip) { expect_same_bytes_with_stops(small_request(), {Phase::kDenoising, Phase::kDecoding}); }

TEST_F(Resume, APathThatIsLeftOnceItIsStraight) {
  Request request = small_request();
  request.steps = 14;
  request.leap = Leap{.rule = Leap::Rule::kAuto};
  expect_same_bytes_with_stops(request, {Phase::kDenoising});
}

TEST_F(Resume, MergedFramesAndGrowingLeaps) {
  Request request = small_request();
  request.steps = 12;
  request.leap = Leap{.rule = Leap::Rule::kGrowing, .evaluations = 6};
  request.tdtm = TokenMerging{.steps = {1, 3}};
  expect_same_bytes_with_stops(request, {Phase::kDenoising});
}

TEST_F(Resume, ClipsThatGoOnFromEachOtherWithGivenFramesAndTwoPrompts) {
  Request request = small_request();
  request.frames = 1;
  Engine(options()).generate(request, {.path = file("given.png")});
  request.frames = 34;
  request.clips = 3;
  request.prompt = "|0| a cat in the snow |2| a rocket in the rain";
  request.negative_prompt = "a city at night";
  request.conditioning.init_image.path = file("given.png");
  request.conditioning.end_image.path = file("given.png");
  expect_same_bytes_with_stops(request, {Phase::kDenoising, Phase::kDecoding});
}

TEST_F(Resume, AFrameThatJoinsThePathLate) {
  Request request = small_request();
  request.frames = 17;
  Engine(options()).generate(request, {.path = file("given.mp4")});
  request.frames = 34;
  request.conditioning.init_video.path = file("given.mp4");
  request.conditioning.mask_strategy = "0,0,0,0,3,0.5";
  expect_same_bytes_with_stops(request, {Phase::kDenoising});
}

TEST_F(Resume, InOneProcessOrInAnotherWithOtherMeans) {
  const Request request = small_request();
  Engine(options()).generate(request, output("whole.mp4"));
  leave_unfinished(request);
  EngineOptions other = options(1);
  // What this process holds already counts, and a sanitizer makes that grow from run to run.
  other.memory_limit = Engine(other).plan(request).least_memory_limit + (std::uint64_t{64} << 20);
  const Report report = Engine(other).generate(request, output("clip.mp4"));
  ASSERT_TRUE(report.resumed);
  EXPECT_EQ(report.resumed->phase, Phase::kDenoising);
  EXPECT_EQ(report.resumed->step, 2);
  EXPECT_EQ(report.resumed->steps, 5);
  EXPECT_EQ(report.evaluations, 5);
  EXPECT_EQ(report.path.size(), 5U);
  EXPECT_TRUE(bytes_of(file("clip.mp4")) == bytes_of(file("whole.mp4")));
}

TEST_F(Resume, WithoutASeedTheUnfinishedOneIsTaken) {
  leave_unfinished(small_request());
  Request request = small_request();
  request.seed.reset();
  const Report report = Engine(options()).generate(request, output("clip.mp4"));
  EXPECT_TRUE(report.resumed);
  EXPECT_EQ(report.seed, 3U);
}

TEST_F(Resume, AnErrorKeepsWhatIsDoneToo) {
  Engine engine(options());
  const Request request = small_request();
  const Observer failing = {.on_progress = [&](const Progress& progress) {
    if (progress.phase == Phase::kDecoding && progress.step > 0) throw std::runtime_error("the observer has enough");
  }};
  EXPECT_THROW(engine.generate(request, output("clip.mp4", 1000), failing), std::runtime_error);
  const Report report = engine.generate(request, output("clip.mp4"));
  ASSERT_TRUE(report.resumed);
  EXPECT_EQ(report.resumed->phase, Phase::kDecoding);
  EXPECT_GT(report.resumed->step, 0);
}

TEST_F(Resume, RefusesOtherWorkAndSaysWhatDiffers) {
  leave_unfinished(small_request());
  const auto refused = [&](const std::string& part, const std::function<void(Request&)>& change) {
    Request request = small_request();
    change(request);
    expect_error(ErrorCode::kInvalidArgument, {"clip.mp4.checkpoint", part, "--fresh"},
                 [&] { Engine(options()).generate(request, output("clip.mp4")); });
  };
  refused("prompt: ", [](Request& request) { request.prompt = "a rocket"; });
  refused("seed: 3 there, 4 here", [](Request& request) { request.seed = 4; });
  refused("steps: 5 there, 6 here", [](Request& request) { request.steps = 6; });
  refused("preset: ", [](Request& request) { request.preset = Preset::kDraft; });
  refused("negative prompt: not given there", [](Request& request) { request.negative_prompt = "a car"; });
  EngineOptions other = options();
  other.precision = Precision::kF32;
  if (Engine(options()).generate(small_request()).report.precision != Precision::kF32) {
    expect_error(ErrorCode::kInvalidArgument, {"precision: \"bf16\" there, \"f32\" here"},
                 [&] { Engine(other).generate(small_request(), output("clip.mp4")); });
  }
  EXPECT_TRUE(Engine(options()).generate(small_request(), output("clip.mp4")).resumed);  // nothing was lost
}

TEST_F(Resume, AFreshRunStartsOverOnceItIsKnownToWork) {
  leave_unfinished(small_request());
  Request request = small_request();
  request.prompt = "a rocket rising over the ocean";
  OutputFile fresh = output("clip.mp4");
  fresh.checkpoints.fresh = true;
  EngineOptions tight = options();
  tight.memory_limit = 10'000'000;
  expect_error(ErrorCode::kMemory, {"memory limit"}, [&] { Engine(tight).generate(request, fresh); });
  EXPECT_TRUE(Engine(options()).has_unfinished(small_request(), output("clip.mp4")));
  EXPECT_FALSE(Engine(options()).generate(request, fresh).resumed);
  Engine(options()).generate(request, output("plain.mp4"));
  EXPECT_TRUE(bytes_of(file("clip.mp4")) == bytes_of(file("plain.mp4")));
}

TEST_F(Resume, ADamagedCheckpointIsASentence) {
  leave_unfinished(small_request());
  for (const char* name : {"job.safetensors", "texts.safetensors", "denoising.safetensors"}) {
    const fs::path damaged = fs::path(file("clip.mp4.checkpoint")) / name;
    const std::string whole = bytes_of(damaged);
    for (const size_t place : {whole.size() - 2, whole.size() / 2, size_t{40}, size_t{0}}) {
      std::string bytes = whole;
      bytes[place] = static_cast<char>(bytes[place] ^ 1);
      std::ofstream(damaged, std::ios::binary) << bytes;
      expect_error(ErrorCode::kInvalidArgument, {damaged.string()},
                   [&] { Engine(options()).generate(small_request(), output("clip.mp4")); });
    }
    std::ofstream(damaged, std::ios::binary) << whole.substr(0, whole.size() / 2);
    expect_error(ErrorCode::kInvalidArgument, {damaged.string()},
                 [&] { Engine(options()).generate(small_request(), output("clip.mp4")); });
    std::ofstream(damaged, std::ios::binary) << whole;
  }
  EXPECT_TRUE(Engine(options()).generate(small_request(), output("clip.mp4")).resumed);
}

TEST_F(Resume, TwoRunsForOneFileAreRefused) {
  Engine first(options()), second(options());
  bool tried = false;
  const Observer observer = {.on_progress = [&](const Progress&) {
    if (std::exchange(tried, true)) return;
    expect_error(ErrorCode::kOutput, {"clip.mp4.checkpoint", "another process"},
                 [&] { second.generate(small_request(), output("clip.mp4")); });
  }};
  first.generate(small_request(), output("clip.mp4"), observer);
  EXPECT_TRUE(tried);
  EXPECT_EQ(names_in(folder_.path()), std::set<std::string>{"clip.mp4"});
}

TEST_F(Resume, WhatAKilledProcessLeftGoes) {
  folder_.write(".clip.mp4.part-1-0", "a video that nobody finishes");
  folder_.write(".other.mp4.part-1-0", "somebody else's");
  Engine(options()).generate(small_request(), output("clip.mp4"));
  EXPECT_EQ(names_in(folder_.path()), (std::set<std::string>{"clip.mp4", ".other.mp4.part-1-0"}));
}

TEST_F(Resume, BeforeAnythingIsDoneNothingIsLeft) {
  Engine engine(options());
  const Report report = stopped_at(engine, small_request(), output("clip.mp4"), 1);
  EXPECT_TRUE(report.cancelled);
  EXPECT_TRUE(report.checkpoint.empty());
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  expect_error(ErrorCode::kInvalidArgument, {"clip.mp4", "no checkpoint"}, [&] { read_unfinished(file("clip.mp4")); });
}

TEST_F(Resume, ByTheVideosNameItsFoldersOrAFiles) {
  Engine(options()).generate(small_request(), output("whole.mp4"));
  for (const char* place :
       {"clip.mp4", "clip.mp4.checkpoint", "clip.mp4.checkpoint/", "clip.mp4.checkpoint/job.safetensors"}) {
    leave_unfinished(small_request());
    const Unfinished unfinished = read_unfinished(file(place));
    EXPECT_EQ(unfinished.model_folder, fs::absolute(kShippedModel).lexically_normal());
    EXPECT_EQ(unfinished.recipe.request.prompt, small_request().prompt);
    const Report report = Engine(options()).resume(unfinished);
    EXPECT_TRUE(report.resumed);
    EXPECT_TRUE(bytes_of(file("clip.mp4")) == bytes_of(file("whole.mp4")));
    fs::remove(file("clip.mp4"));
  }
}

TEST_F(Resume, GivenFilesAreNeededOnlyUntilTheyAreRead) {
  Request request = small_request();
  request.frames = 1;
  Engine(options()).generate(request, {.path = file("given.png")});
  request.frames = 34;
  request.conditioning.init_image.path = file("given.png");
  Engine(options()).generate(request, output("whole.mp4"));
  leave_unfinished(request);
  fs::remove(file("given.png"));
  Engine(options()).resume(read_unfinished(file("clip.mp4")));
  EXPECT_TRUE(bytes_of(file("clip.mp4")) == bytes_of(file("whole.mp4")));
}

class Decode : public Resume {
 protected:
  std::string latents(int clip) const {
    return file("clip.mp4.checkpoint") + "/latents-" + std::to_string(clip) + ".safetensors";
  }
  void generate_and_keep(const Request& request) {
    OutputFile kept = output("clip.mp4");
    kept.checkpoints.keep = true;
    Engine(options()).generate(request, kept);
  }
};

TEST_F(Decode, MakesTheSameBytesAndOtherFormats) {
  generate_and_keep(small_request());
  Engine engine(options());
  engine.decode({latents(1)}, output("again.mp4"));
  EXPECT_TRUE(bytes_of(file("again.mp4")) == bytes_of(file("clip.mp4")));
  EXPECT_EQ(read_generation_data(file("again.mp4")), read_generation_data(file("clip.mp4")));
  engine.decode({latents(1)}, output("again.gif"));
  EXPECT_GT(fs::file_size(file("again.gif")), 1000U);
}

TEST_F(Decode, GoesOnWhereItStopped) {
  generate_and_keep(small_request());
  Engine engine(options());
  Report report;
  int runs = 0;
  do {
    CancelToken token;
    const Observer observer = {.on_progress = [&](const Progress& progress) {
      if (progress.step > (report.resumed ? report.resumed->step : 0) + 4) token.request();
    }};
    report = engine.decode({latents(1)}, output("again.mp4"), observer, &token);
  } while (report.cancelled && ++runs < 20);
  EXPECT_GT(runs, 1);
  ASSERT_TRUE(report.resumed);
  EXPECT_EQ(report.resumed->phase, Phase::kDecoding);
  EXPECT_TRUE(bytes_of(file("again.mp4")) == bytes_of(file("clip.mp4")));
}

TEST_F(Decode, TakesAllClipsOrSomeInTheirOrder) {
  Request request = small_request();
  request.clips = 2;
  generate_and_keep(request);
  Engine engine(options());
  EXPECT_EQ(engine.decode({latents(1), latents(2)}, output("both.mp4")).frames, 34 + 17);
  EXPECT_TRUE(bytes_of(file("both.mp4")) == bytes_of(file("clip.mp4")));
  EXPECT_EQ(engine.decode({latents(2)}, output("second.mp4")).frames, 34);
  expect_error(ErrorCode::kInvalidArgument, {"latents-1", "expected the latents of clip 3, found those of clip 1"},
               [&] {
                 engine.decode({latents(2), latents(1)}, output("wrong.mp4"));
               });
  EXPECT_FALSE(fs::exists(file("wrong.mp4")));
}

}  // namespace
}  // namespace odsora
