resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  path                    = "/people/"
  tags                    = local.tags
}

resource "aws_iam_signing_certificate" "bob" {
  user_name        = aws_iam_user.bob.name
  certificate_body = file("${path.module}/certificate.pem")
  status           = var.second ? "Inactive" : "Active"
}

resource "aws_iam_service_specific_credential" "bob" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.bob.name
  status       = var.second ? "Inactive" : "Active"
}

resource "aws_iam_security_token_service_preferences" "account" {
  global_endpoint_token_version = var.second ? "v1Token" : "v2Token"
}

resource "aws_iam_user" "with_password" {
  name = "with-password"
}

# The first provider looks for a renamed group under its old name, and for a renamed member, too.
resource "aws_iam_group" "renamed" {
  name = var.second ? "Builders" : "makers"
}

resource "aws_iam_group_membership" "renamed" {
  name  = "renamed"
  group = aws_iam_group.renamed.name
  users = [aws_iam_user.renamed.name]
}

# Without a PGP key the password is in the state.
resource "aws_iam_user_login_profile" "plain" {
  user                    = aws_iam_user.with_password.name
  password_reset_required = var.second

  depends_on = [aws_iam_account_password_policy.account]
}

# A role that says all that it has: what somebody else adds is a difference.
resource "aws_iam_role" "whole" {
  name                = "whole"
  assume_role_policy  = data.aws_iam_policy_document.trust_of_service.json
  managed_policy_arns = var.second ? [aws_iam_policy.read.arn, aws_iam_policy.boundary.arn] : [aws_iam_policy.read.arn]

  inline_policy {
    name   = "one"
    policy = data.aws_iam_policy_document.read.json
  }

  dynamic "inline_policy" {
    for_each = var.second ? ["two"] : []

    content {
      name   = inline_policy.value
      policy = data.aws_iam_policy_document.read.json
    }
  }
}
