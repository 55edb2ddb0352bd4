resource "aws_iam_role" "deploy" {
  name                  = "deploy"
  path                  = "/service/"
  description           = var.second ? null : "Deploys: tout, même «ceci»"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.second ? 7200 : 3600
  permissions_boundary  = var.second ? null : aws_iam_policy.boundary.arn
  force_detach_policies = true
  tags                  = local.tags
}

resource "aws_iam_role" "prefixed" {
  name_prefix        = "made-"
  assume_role_policy = data.aws_iam_policy_document.trust_of_service.json
}

resource "aws_iam_role_policy" "deploy" {
  name   = "own"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.deploy.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy_attachment" "of_aws" {
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
}

resource "aws_iam_instance_profile" "deploy" {
  name = "deploy"
  path = "/service/"
  role = var.second ? aws_iam_role.prefixed.name : aws_iam_role.deploy.name
}

resource "aws_iam_service_linked_role" "beanstalk" {
  aws_service_name = "elasticbeanstalk.amazonaws.com"
  description      = var.second ? "Changed" : "Kept for the environments"
}

resource "aws_iam_service_linked_role" "autoscaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "red"
}

data "aws_iam_role" "deploy" {
  name       = aws_iam_role.deploy.name
  depends_on = [aws_iam_role_policy.deploy]
}

data "aws_iam_instance_profile" "deploy" {
  name = aws_iam_instance_profile.deploy.name
}

output "profile_role" {
  value = data.aws_iam_instance_profile.deploy.role_name
}
