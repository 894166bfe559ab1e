// A disk that is slow, reads short or fails while a model is read: the same bytes, or exit code 3, one sentence that
// names the file, and nothing left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fault.h"
#include "support/program.h"

namespace odsora {
namespace {

using testing::HasSubstr;

constexpr int kBadModelExit = 3;

// Weights are read again in each of the steps.
std::vector<std::string> generate() {
  return {"generate", "-p",     "a panda", "-o", "v.mp4",    "--progress", "none",    "--no-cache", "--no-residency",
          "-W",       "64",     "-H",      "64", "--frames", "5",          "--steps", "4",          "--preset",
          "exact",    "--seed", "1"};
}

void expect_refusal_with(const std::string& rules, const std::string& file, const std::string& reason) {
  const Fault fault(rules);
  const Program program(generate());
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, kBadModelExit) << rules << '\n' << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(file)) << rules;
  EXPECT_THAT(finished.err, HasSubstr(reason)) << rules;
  EXPECT_EQ(sentences_in(finished.err), 1) << rules << '\n' << finished.err;
  EXPECT_THAT(but_checkpoints(program.files()), testing::IsEmpty()) << rules;
}

const char* const kModelFiles[] = {"transformer/config.json",
                                   "text_encoder/config.json",
                                   "vae/config.json",
                                   "odsora.json",
                                   "tokenizer/spiece.model",
                                   "text_encoder/model.safetensors",
                                   "transformer/model.safetensors",
                                   "vae/model.safetensors"};

TEST(Reading, AFileThatCannotBeReadIsNamed) {
  for (const std::string file : kModelFiles) {
    expect_refusal_with("read:EIO:path=" + file, file, "Input/output error");
  }
}

TEST(Reading, AFileThatCannotBeOpenedIsNamed) {
  for (const std::string file : kModelFiles) expect_refusal_with("open:EACCES:path=" + file, file, "Permission denied");
}

TEST(Reading, AFailureInTheMiddleOfEachPhaseIsOneSentence) {
  for (const std::string file : {"text_encoder/model.safetensors", "vae/model.safetensors"}) {
    const uint64_t half = std::filesystem::file_size(ODSORA_SOURCE_FOLDER "/models/emoji-world/" + file) / 2;
    expect_refusal_with("read:EIO:path=" + file + ":after=" + std::to_string(half), file, "cannot read at byte");
  }
  // Behind the first step, which has read all of it.
  const std::string denoiser = "transformer/model.safetensors";
  const uint64_t size = std::filesystem::file_size(ODSORA_SOURCE_FOLDER "/models/emoji-world/" + denoiser);
  expect_refusal_with("read:EIO:path=" + denoiser + ":after=" + std::to_string(2 * size), denoiser,
                      "Input/output error");
}

TEST(Reading, ShortSlowAndInterruptedReadsMakeTheSameBytes) {
  const Program undisturbed(generate());
  ASSERT_EQ(undisturbed.wait().exit_code, 0);
  const std::string bytes = contents(undisturbed.folder() / "v.mp4");
  for (const char* rules : {
           "read:short=65536:path=safetensors",   // whole units of a device
           "read:short=100001:path=safetensors",  // as at the end of a file
           "read:delay=5:path=transformer/model.safetensors",
           "read:EINTR:path=/models/emoji-world:times=40",
       }) {
    const Fault fault(rules);
    const Program program(generate());
    const Finished finished = program.wait();
    ASSERT_EQ(finished.exit_code, 0) << rules << '\n' << finished.err;
    EXPECT_TRUE(contents(program.folder() / "v.mp4") == bytes) << rules;
  }
}

}  // namespace
}  // namespace odsora
