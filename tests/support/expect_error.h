// Expectations about the one sentence of an Error.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "odsora/odsora.h"

namespace odsora {

/// Expects that `act` throws Error of this code whose message holds every one of `parts` and is one line.
template <typename Act>
void expect_error(ErrorCode code, std::initializer_list<std::string> parts, const Act& act) {
  try {
    act();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& part : parts) EXPECT_THAT(error.what(), testing::HasSubstr(part));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
  }
}

template <typename Act>
void expect_bad_model(std::initializer_list<std::string> parts, const Act& act) {
  expect_error(ErrorCode::kBadModel, parts, act);
}

}  // namespace odsora
