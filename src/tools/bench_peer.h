// Another program that runs the same cases, one at a time and on request, so that both can be measured in turn.
//
// It answers on its standard output, one JSON object a line: first {"peer": "PyTorch 1.13.1", …}, then for each case
// name that it reads {"case": NAME, "known": false}, or {"case": NAME, "known": true, "seconds": S} after one run. It
// ends when its input does.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>

#include "base/units.h"

namespace odsora {

class BenchPeer {
 public:
  /// Starts `command` in a shell and waits for its first line. Throws Error(kInvalidArgument) when it says anything
  /// else.
  explicit BenchPeer(const std::string& command);
  /// Ends its input and waits for it.
  ~BenchPeer();
  BenchPeer(const BenchPeer&) = delete;
  BenchPeer& operator=(const BenchPeer&) = delete;

  /// As it calls itself.
  const std::string& name() const { return name_; }

  /// Runs the case once; nothing where the peer does not know it. Throws Error(kInvalidArgument) for a bad answer.
  std::optional<Seconds> run(const std::string& case_name);

 private:
  std::string read_line();

  std::string command_;
  std::string name_;
  pid_t process_ = -1;
  std::FILE* requests_ = nullptr;
  std::FILE* answers_ = nullptr;
};

}  // namespace odsora
