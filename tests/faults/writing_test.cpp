// A disk that is full, or fails, while the result is written: exit code 4, one sentence that names the file, the older
// file untouched, nothing left behind but what is done, in its checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <fstream>

#include "support/fault.h"
#include "support/program.h"
#include "support/shell.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr int kOutputExit = 4;
constexpr const char* kOlder = "the older file";

std::vector<std::string> generate(const fs::path& output, const std::vector<std::string>& more = {}) {
  return with({"generate", "-p", "a panda", "-o", output, "--progress", "none", "--no-cache", "-W", "64", "-H", "64",
               "--frames", "5", "--steps", "3", "--seed", "1"},
              more);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

class Writing : public testing::TestWithParam<const char*> {
 protected:
  // What the user names, and the first file that is made of it.
  fs::path output() const { return folder_.path() / (std::string("v") + GetParam()); }
  fs::path first_file() const { return folder_.path() / (is_sequence() ? "v_0001.png" : output().filename()); }
  fs::path checkpoint() const { return output().string() + ".checkpoint"; }
  bool is_sequence() const { return std::string(GetParam()) == ".png"; }

  // The bytes that a run writes when all is well.
  uint64_t whole_size() const {
    EXPECT_EQ(Program(generate(output())).wait().exit_code, 0);
    const uint64_t size = fs::file_size(first_file());
    for (const std::string& name : names_in(folder_.path())) fs::remove(folder_.path() / name);
    return size;
  }

  void expect_refusal_with(const std::string& rules, const std::string& reason) const {
    fs::remove_all(checkpoint());  // or this run would go on with the one before
    folder_.write(first_file().filename(), kOlder);
    const std::vector<std::string> before = names_in(folder_.path());
    const Fault fault(rules);
    const Program program(generate(output()));
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exit_code, kOutputExit) << rules << '\n' << finished.err;
    EXPECT_THAT(finished.err, testing::HasSubstr(folder_.path() / "v")) << rules;
    EXPECT_THAT(finished.err, testing::HasSubstr(reason)) << rules;
    EXPECT_EQ(sentences_in(finished.err), 1) << rules << '\n' << finished.err;
    EXPECT_EQ(but_checkpoints(names_in(folder_.path())), before) << rules;
    EXPECT_EQ(contents(first_file()), kOlder) << rules;
    EXPECT_THAT(program.files(), testing::IsEmpty()) << rules;
  }

  TemporaryFolder folder_;
};

TEST_P(Writing, AFullDiskIsOneSentenceAndTheOlderFileStays) {
  const uint64_t size = whole_size();
  for (const uint64_t bytes : {uint64_t{0}, size / 2, size - 1}) {
    // Hidden, unfinished files begin with a dot.
    expect_refusal_with("write:ENOSPC:path=/.v:after=" + std::to_string(bytes), "No space left on device");
  }
}

TEST_P(Writing, WhatWasDoneBeforeTheDiskWasFullIsNotDoneAgain) {
  ASSERT_EQ(Program(generate(output())).wait().exit_code, 0);
  const std::string bytes = contents(first_file());
  {
    const Fault fault("write:ENOSPC:path=/.v:after=" + std::to_string(bytes.size() / 2));
    EXPECT_EQ(Program(generate(output())).wait().exit_code, kOutputExit);
  }
  EXPECT_TRUE(fs::exists(checkpoint() / "texts.safetensors"));
  const Finished finished = Program(generate(output())).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(contents(first_file()) == bytes);
  EXPECT_FALSE(fs::exists(checkpoint()));
}

TEST_P(Writing, AFailureToOpenFlushCloseOrRenameIsOneSentence) {
  expect_refusal_with("open:ENOSPC:path=/.v", "No space left on device");
  expect_refusal_with("fsync:EIO:path=/.v", "Input/output error");
  expect_refusal_with("close:EDQUOT:path=/.v", "Disk quota exceeded");
  expect_refusal_with("rename:EROFS:path=/v", "Read-only file system");
}

TEST_P(Writing, InterruptedAndShortWritesMakeTheSameFile) {
  ASSERT_EQ(Program(generate(output())).wait().exit_code, 0);
  const std::string bytes = contents(first_file());
  for (const char* rules : {"write:EINTR:times=3;fsync:delay=50", "write:short=7:path=/.v"}) {
    const Fault fault(rules);
    const Finished finished = Program(generate(output())).wait();
    EXPECT_EQ(finished.exit_code, 0) << rules << '\n' << finished.err;
    EXPECT_TRUE(contents(first_file()) == bytes) << rules;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Writing, testing::Values(".mp4", ".webm", ".gif", ".webp", ".png"),
                         [](const auto& format) { return std::string(format.param + 1); });

TEST(WritingFrames, AFullDiskInTheMiddleOfAPictureSequenceLeavesNoPicture) {
  const TemporaryFolder folder;
  const Fault fault("write:ENOSPC:path=v_0004");
  const Finished finished = Program(generate(folder.path() / "v.png")).wait();
  EXPECT_EQ(finished.exit_code, kOutputExit);
  EXPECT_THAT(finished.err, testing::HasSubstr("v_0004.png: No space left on device"));
  EXPECT_THAT(but_checkpoints(names_in(folder.path())), testing::IsEmpty());
}

TEST(WritingFrames, AFailureToRenameInTheMiddleOfAPictureSequenceLeavesTheOlderPictures) {
  for (const bool has_older : {true, false}) {
    const TemporaryFolder folder;
    if (has_older) {
      for (int i = 1; i <= 5; ++i) folder.write("v_000" + std::to_string(i) + ".png", kOlder);
    }
    const std::vector<std::string> before = names_in(folder.path());
    const Fault fault("rename:EROFS:path=/v_0004");
    const Finished finished = Program(generate(folder.path() / "v.png")).wait();
    EXPECT_EQ(finished.exit_code, kOutputExit);
    EXPECT_THAT(finished.err, testing::HasSubstr("v_0004.png: Read-only file system"));
    EXPECT_EQ(but_checkpoints(names_in(folder.path())), before);
    for (const std::string& name : before) EXPECT_EQ(contents(folder.path() / name), kOlder) << name;
  }
}

// GIF chooses its colours from all frames, which wait in a file without a name.
TEST(WritingFrames, AFullDiskWhileFramesWaitIsOneSentence) {
  for (const char* rules : {"open:ENOSPC:path=.odsora-spool", "write:ENOSPC:path=.odsora-spool:after=20000"}) {
    const TemporaryFolder folder;
    const Fault fault(rules);
    const Finished finished = Program(generate(folder.path() / "v.gif")).wait();
    EXPECT_EQ(finished.exit_code, kOutputExit) << rules << '\n' << finished.err;
    EXPECT_THAT(finished.err, testing::HasSubstr("v.gif: No space left on device")) << rules;
    EXPECT_THAT(but_checkpoints(names_in(folder.path())), testing::IsEmpty()) << rules;
  }
}

TEST(WritingBesides, AFullDiskForTheTraceIsToldAndTheVideoIsWhole) {
  const TemporaryFolder folder;
  const Fault fault("write:ENOSPC:path=trace.json:after=100");
  const Finished finished =
      Program(generate(folder.path() / "v.mp4", {"--trace", folder.path() / "trace.json"})).wait();
  EXPECT_EQ(finished.exit_code, kOutputExit);
  EXPECT_THAT(finished.err, testing::HasSubstr("cannot write the whole trace"));
  EXPECT_TRUE(fs::exists(folder.path() / "v.mp4"));
}

// The cache only saves time.
TEST(WritingBesides, AFullDiskForTheCacheCostsNothingButTheEntry) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments = generate(folder.path() / "v.mp4");
  std::erase(arguments, "--no-cache");
  const Fault fault("write:ENOSPC:path=.unfinished;open:ENOSPC:path=.unfinished");
  const Finished finished = Program(arguments).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, testing::IsEmpty());
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("v.mp4"));
}

TEST(WritingBesides, StandardOutputThatIsFullIsToldOnce) {
  for (const char* arguments : {"devices", "plan -p panda --json", "completion bash", "--version"}) {
    const ShellResult result = run_script("sh", std::string(ODSORA_PROGRAM) + " " + arguments + " >/dev/full");
    EXPECT_EQ(result.exit_code, kOutputExit) << arguments;
    EXPECT_EQ(result.out, "odsora: cannot write to standard output\n") << arguments;
  }
}

// Of work that is kept: the run ends with what was kept before, and goes on from there.
TEST(WritingCheckpoints, AFullDiskLosesNothingThatWasKept) {
  for (const char* rules : {"write:ENOSPC:path=/.denoising:after=20000", "fsync:EIO:path=/.frames",
                            "rename:ENOSPC:path=/latents-1", "close:EIO:path=/.texts"}) {
    const TemporaryFolder folder;
    const std::vector<std::string> arguments =
        generate(folder.path() / "v.mp4", {"--checkpoint-every", "0", "--preset", "exact"});
    {
      const Fault fault(rules);
      const Finished failed = Program(arguments).wait();
      EXPECT_EQ(failed.exit_code, kOutputExit) << rules << '\n' << failed.err;
      EXPECT_EQ(sentences_in(failed.err), 1) << rules << '\n' << failed.err;
      EXPECT_THAT(failed.err, testing::HasSubstr("v.mp4.checkpoint/")) << rules;
    }
    const Finished finished = Program(arguments).wait();
    EXPECT_EQ(finished.exit_code, 0) << rules << '\n' << finished.err;
    EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("v.mp4")) << rules;
  }
}

// The next run finds the video, and of its work a part, which it must not take for the work of an unfinished one.
TEST(WritingCheckpoints, AKillWhileTheWorkOfAWholeVideoIsRemovedHarmsNothing) {
  const TemporaryFolder folder;
  const fs::path video = folder.path() / "v.mp4";
  std::vector<std::string> arguments = generate(video, {"--checkpoint-every", "0"});
  std::replace(arguments.begin(), arguments.end(), std::string("5"), std::string("34"));  // for several files of frames
  ASSERT_EQ(Program(arguments).wait().exit_code, 0);
  const std::string whole = contents(video);
  int exit_code = -1;
  for (int removals = 0; exit_code == -1; ++removals) {  // that go well
    ASSERT_LT(removals, 40);
    const Fault fault("remove:kill:path=.checkpoint/:after=" + std::to_string(removals));
    const Finished finished = Program(arguments).wait();
    exit_code = finished.exit_code;
    EXPECT_EQ(finished.err, "") << removals;
    EXPECT_TRUE(contents(video) == whole) << removals;
  }
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("v.mp4"));
}

// Not a part that is played: the kernel's own answer.
TEST(WritingBesides, ARealFullFileSystemIsOneSentence) {
  const TemporaryFolder folder;
  const std::string place = folder.path() / "full";
  fs::create_directory(place);
  if (mount("tmpfs", place.c_str(), "tmpfs", 0, "size=4k") != 0)
    GTEST_SKIP() << "only root may mount, on most machines";
  std::ofstream(place + "/filler") << std::string(4096, 'x');
  for (const char* name : {"v.mp4", "v.webm", "v.gif", "v.webp", "v.png"}) {
    const Finished finished = Program(generate(fs::path(place) / name)).wait();
    EXPECT_EQ(finished.exit_code, kOutputExit) << name << '\n' << finished.err;
    EXPECT_THAT(finished.err, testing::HasSubstr("the disk has 0 B free")) << name;
    EXPECT_THAT(names_in(place), testing::ElementsAre("filler")) << name;
  }
  umount(place.c_str());
}

}  // namespace
}  // namespace odsora
